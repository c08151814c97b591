/** The industries of 工信部联企业〔2011〕300号 art. 4, by the names of its table. */
export const industryNames = {
  agriculture: '农林牧渔业',
  industry: '工业',
  construction: '建筑业',
  wholesale: '批发业',
  retail: '零售业',
  transport: '交通运输业',
  warehousing: '仓储业',
  post: '邮政业',
  accommodation: '住宿业',
  catering: '餐饮业',
  telecommunication: '信息传输业',
  software: '软件和信息技术服务业',
  real_estate: '房地产开发经营',
  property_management: '物业管理',
  leasing_and_business: '租赁和商务服务业',
  other: '其他未列明行业',
} as const;

export type Industry = keyof typeof industryNames;
export type OrganizationScale = 'micro' | 'small' | 'medium' | 'large';
